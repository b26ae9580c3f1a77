// What tslab's server is, as far as the kernel's own uses it.

/**
 * @typedef {import('./cellErrors.cjs').CellError} CellError
 * @typedef {{ session: string, msg_type: string, date: string }} Header
 * @typedef {{ header: Header, parent: object, content: Record<string, unknown>, createReply(): Message, signAndSend(key: string, to: Sender): void }} Message
 * @typedef {{ send(frames: (Buffer | string)[]): unknown }} Sender
 * @typedef {Sender & { sendTimeout: number, sendHighWaterMark: number, linger: number, bind(address: string): Promise<void>, close(): void }} Socket
 * @typedef {{ handler: { handleKernel(): { language_info: object }, executor: Assistant }, connInfo: { key: string, [name: string]: unknown }, iopub: Socket, shell: Socket, control: Socket, hb: Socket, stdin: Socket,
 *   init(): Promise<void>, close(): void, publishStatus(state: string, request: Message): void,
 *   bindSocket(socket: Socket, port: number): Promise<void>,
 *   handleShellMessage(to: Sender, ...frames: Buffer[]): Promise<void>,
 *   handleExecute(to: Sender, message: Message): Promise<void>,
 *   handleKernelInfo(to: Sender, message: Message): void,
 *   handleCommInfoRequest(to: Sender, message: Message): void,
 *   handleInspect(to: Sender, message: Message): void,
 *   handleComplete(to: Sender, message: Message): void,
 *   handleShutdown(to: Sender, message: Message): void }} Server
 * @typedef {{ inspect(source: string, position: number): import('./converter.cjs').Inspection | undefined,
 *   complete(source: string, position: number): import('./completion.cjs').Completion }} Assistant
 * @typedef {new (handler: object, connectionFile: string) => Server} ServerClass
 * @typedef {{ run(code: string, count: number): Promise<CellError | undefined>, afterCell(): void, state: Int32Array }} Cells
 */

module.exports = {};
