// SPDX-License-Identifier: MIT
/** Answers to HTTP requests. Each connection carries one request. */
import { encodeUtf8 } from '../../utf8.ts';

export interface Answer {
  status: number;
  /** For people; a line break is added. */
  text?: string;
  /** Instead of it, for programs. */
  json?: object;
  fields?: Readonly<Record<string, string>>;
}

/** Tells a client that it may send the body. */
export const CONTINUE = encodeUtf8('HTTP/1.1 100 Continue\r\n\r\n');

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  411: 'Length Required',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

/** `head`: without a body, as an answer to HEAD must be. */
export function answerBytes({ status, text = '', json, fields = {} }: Answer, head: boolean): Uint8Array {
  const body = encodeUtf8(json === undefined ? text && `${text}\n` : `${JSON.stringify(json)}\n`);
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
    `Content-Type: ${json === undefined ? 'text/plain; charset=utf-8' : 'application/json'}`,
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
  ];
  const start = encodeUtf8(`${lines.join('\r\n')}\r\n\r\n`);
  if (head) return start;
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}
