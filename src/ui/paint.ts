import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk'

/** Colors for stderr, or for stdout. chalk doesn't know NO_COLOR (no-color.org: any value but the empty one turns colors off). */
export function paintFor(
  env: Readonly<Record<string, string | undefined>>,
  stream: 'stdout' | 'stderr' = 'stderr',
): ChalkInstance {
  const support = stream === 'stdout' ? supportsColor : supportsColorStderr
  return new Chalk({ level: env['NO_COLOR'] || !support ? 0 : support.level })
}
