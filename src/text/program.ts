import { relative, sep } from 'node:path'

type Start = {
  /** The file that Node runs, as it was named (process.argv[1]). */
  file: string
  env: Readonly<Record<string, string | undefined>>
  /** The working directory, or '' if it doesn't exist any more. */
  folder: string
}

/** How each package manager runs a package that isn't installed, by its name in npm_config_user_agent. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  npm: ['npx', 'eg-setup'],
  pnpm: ['pnpm', 'dlx', 'eg-setup'],
  yarn: ['yarn', 'dlx', 'eg-setup'],
  bun: ['bunx', 'eg-setup'],
}

/** Folders to which package managers unpack what they run without installing it. */
const IS_TEMPORARY = /^(_npx|dlx|dlx-.*|bunx-.*)$/

/** The words that start eg-setup again the way it was started. */
export function programOf({ file, env, folder }: Start): readonly string[] {
  const parts = file.split(/[/\\]/)
  if (parts.some(part => IS_TEMPORARY.test(part))) {
    const [agent = ''] = (env['npm_config_user_agent'] ?? '').split('/')
    return RUNNERS[agent] ?? RUNNERS['npm']!
  }
  // Elsewhere than on Windows, npx and npm scripts run a link in node_modules/.bin.
  const isPackage = file.replaceAll('\\', '/').endsWith('node_modules/eg-setup/bin/eg-setup.js')
  const isInProject = isPackage && (env['npm_command'] === 'exec' || env['npm_command'] === 'run-script')
  if (isInProject || parts.slice(-2).join('/') === '.bin/eg-setup') return RUNNERS['npm']!
  if (isPackage || parts.at(-1) !== 'eg-setup.js') return ['eg-setup']
  const near = folder === '' ? [] : relative(folder, file).split(sep)
  return ['node', near.length > 0 && near[0] !== '..' ? near.join('/') : file]
}

function currentFolder(): string {
  try {
    return process.cwd()
  } catch {
    return ''
  }
}

/** The words that every command for a person to paste begins with. */
export const PROGRAM: readonly string[] = programOf({
  file: process.argv[1] ?? '',
  env: process.env,
  folder: currentFolder(),
})
