import { Chalk, type ChalkInstance, supportsColorStderr } from 'chalk'

/** Colours for stderr. chalk does not know NO_COLOR (no-color.org: any value but the empty one turns colours off). */
export const paintFor = (env: Readonly<Record<string, string | undefined>>): ChalkInstance =>
  new Chalk({ level: env['NO_COLOR'] || !supportsColorStderr ? 0 : supportsColorStderr.level })
