/**
 * Lets clack paint, or keeps it from painting. It paints by styleText, which looks at stdout and the environment of the
 * process, while the screen is stderr. Programs that are started get the environment of the Io, which this doesn't change.
 */
export function colorClack(isColored: boolean): void {
  const { env } = process
  // Node warns if both are set.
  delete env[isColored ? 'NO_COLOR' : 'FORCE_COLOR']
  if (isColored) env['FORCE_COLOR'] ??= '1'
  else env['NO_COLOR'] = '1'
}
