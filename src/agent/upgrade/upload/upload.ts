// SPDX-License-Identifier: MIT
/**
 * A bundle that comes by HTTP, in one piece or several, into RAM. The first piece says how long the file is and which SHA-256 it
 * has; the others must say the same and begin where it ends. What is not that file at the end is thrown away.
 */
import { errorText } from '../../ports.ts';
import { inMb, mustFit, SPOOL, type SpoolPorts, spooledHash } from '../spool.ts';
import { BadRequest } from './request-head.ts';
import { nextUploadState, type UploadEvent, type UploadState } from './upload-states.ts';

/** What a client says of its file. */
export interface Declared {
  sha256: string;
  /** Bytes. */
  size: number;
}

export class Upload {
  readonly #ports: SpoolPorts;
  readonly #limit: number;
  #state: UploadState = 'waiting';
  #declared: Declared | undefined;
  #have = 0;

  /** Into the spool, which must be there; `limit` in bytes. */
  constructor(ports: SpoolPorts, limit: number) {
    this.#ports = ports;
    this.#limit = limit;
  }

  get state(): UploadState {
    return this.#state;
  }

  /** Of the file that it is, or would be. */
  get declared(): Declared | undefined {
    return this.#declared;
  }

  /** Bytes that are there. */
  get have(): number {
    return this.#have;
  }

  /** Bytes that are there of this file. */
  offsetOf(sha256: string): number {
    return this.#declared?.sha256 === sha256 ? this.#have : 0;
  }

  /** A client sends from byte `first` on. Throws a BadRequest. */
  begin(declared: Declared, first: number): void {
    if (this.#state !== 'waiting' && this.#state !== 'partial')
      throw new BadRequest(409, `an upload is ${this.#state}; this one has to wait until it ends`);
    const { size, sha256 } = declared;
    if (size === 0) throw new BadRequest(400, 'the file is empty');
    if (size > this.#limit)
      throw new BadRequest(
        413,
        `the file has ${inMb(size)} MB, more than the ${inMb(this.#limit)} MB that a bundle may have`,
      );
    this.#mustFit(size - first);
    if (first === 0) this.#startAnew(declared);
    else if (first !== this.offsetOf(sha256) || size !== this.#declared?.size)
      throw new BadRequest(
        409,
        `of this file ${this.offsetOf(sha256)} bytes are there, so it cannot go on at byte ${first}`,
      );
    this.#meet('begin');
  }

  /** True: the file is whole. Throws a BadRequest. */
  write(bytes: Uint8Array): boolean {
    try {
      this.#ports.disks.writeAt(SPOOL, this.#have, bytes);
    } catch (error) {
      throw new BadRequest(507, `it cannot be kept: ${errorText(error)}`);
    }
    this.#have += bytes.length;
    if (this.#have !== this.#declared?.size) return false;
    this.#meet('whole');
    return true;
  }

  /** No more comes from this client. */
  cut(): void {
    if (this.#state === 'receiving') this.#meet('cut');
  }

  /** Of a whole one: its SHA-256, if it is the one that was named. Else a BadRequest is thrown, and nothing is kept. */
  async check(): Promise<string> {
    const sha256 = await spooledHash(this.#ports).catch((error) => errorText(error));
    // It may have been closed meanwhile.
    if (this.#state !== 'hashing') throw new BadRequest(503, 'uploads are closed');
    const wanted = this.#declared?.sha256;
    this.#meet(sha256 === wanted ? 'match' : 'mismatch');
    if (sha256 === wanted) return sha256;
    this.#declared = undefined;
    this.#have = 0;
    this.#empty();
    throw new BadRequest(
      422,
      `what came has another SHA-256 than ${wanted}: ${sha256}; nothing of it is kept`,
    );
  }

  /** Ends it, unless it is taken. */
  close(): void {
    if (this.#state !== 'taken' && this.#state !== 'closed') this.#meet('close');
  }

  #startAnew(declared: Declared): void {
    this.#declared = declared;
    this.#have = 0;
    this.#empty();
  }

  #empty(): void {
    this.#ports.files.write(SPOOL, '', { mode: 0o600 });
  }

  #mustFit(bytes: number): void {
    try {
      mustFit(this.#ports, bytes);
    } catch (error) {
      throw new BadRequest(507, errorText(error));
    }
  }

  #meet(event: UploadEvent): void {
    this.#state = nextUploadState(this.#state, event);
  }
}
