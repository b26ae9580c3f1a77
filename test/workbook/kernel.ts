import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a display call sends to Jupyter. */
export interface Message {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly transient: { readonly display_id?: string };
  readonly update: boolean;
}

export interface PretendedKernel {
  readonly sent: Message[];
  /** Calls this once, from the event loop as a signal comes, when next a text like this is shown. */
  whenShown(text: RegExp, act: () => void): void;
  stop(): void;
}

/** Stands in for a running tslab, as far as the workbook speaks to it; `sent` fills with the messages. */
export function pretendKernel(): PretendedKernel {
  const sent: Message[] = [];
  let awaited: { text: RegExp; act: () => void } | undefined;
  const { cache } = createRequire(import.meta.url);
  const path = join('/pretended', 'tslab', 'dist', 'jupyter.js');
  const lastWriteDisplayData = (message: Omit<Message, 'update'>, update: boolean) => {
    sent.push({ ...message, update });
    if (!awaited?.text.test(String(message.data['text/plain']))) return;
    setImmediate(awaited.act);
    awaited = undefined;
  };
  cache[path] = { exports: { lastWriteDisplayData } } as unknown as NodeJS.Module;
  return {
    sent,
    whenShown: (text, act) => {
      awaited = { text, act };
    },
    stop: () => {
      delete cache[path];
    },
  };
}
