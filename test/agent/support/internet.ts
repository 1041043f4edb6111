// SPDX-License-Identifier: MIT
/** Servers of the internet behind a port of the scene: web, names, echo. What they answer can be changed while they run. */
import { SERVER } from './scene.ts';

/** Answers of the servers, as files in the board's folder: `echo WORD >$folder/NAME`. */
const PROGRAM = `
const fs = require("node:fs"), net = require("node:net"), dgram = require("node:dgram");
const [, folder, port] = process.argv;
const say = (name, usual) => { try { return fs.readFileSync(folder + "/" + name + port, "utf8").trim(); } catch { return usual; } };
net.createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.end("HTTP/1.1 " + say("http", "204 No Content") + "\\r\\nContent-Length: 0\\r\\n\\r\\n"));
}).listen(8080, "${SERVER}");
const names = dgram.createSocket("udp4");
names.on("message", (query, from) => {
  const code = Number(say("dns", "0"));
  if (code < 0) return;
  let end = 12;
  while (query[end]) end += query[end] + 1;
  const question = query.subarray(12, end + 5);
  fs.appendFileSync(folder + "/asked" + port, question.subarray(0, -5).toString("latin1").replace(/[\\x00-\\x1f]/g, ".") + "\\n");
  const isA = question[question.length - 3] === 1;
  const answer = isA && code === 0 ? Buffer.concat([Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]), Buffer.from(say("address", "${SERVER}").split(".").map(Number))]) : Buffer.alloc(0);
  const header = Buffer.from([query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, answer.length ? 1 : 0, 0, 0, 0, 0]);
  names.send(Buffer.concat([header, question, answer]), from.port, from.address);
}).bind(53, "${SERVER}");
const echo = dgram.createSocket("udp4");
echo.on("message", (data, from) => echo.send(from.address + " " + data, from.port, from.address)).bind(7, "${SERVER}");
`.replaceAll('\n', ' ');

/** Starts them behind port N, whose modem stands already (scene.ts). Echo says who asked, as seen from there. */
export function internet(port: number): string[] {
  return [
    `far ${port} ${process.execPath} -e '${PROGRAM}' "$folder" ${port} & for i in $(seq 200); do far ${port} ss -Hlun | grep -q :53 && break; sleep 0.05; done`,
  ];
}
