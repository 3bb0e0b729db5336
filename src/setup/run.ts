import type { Io } from '../io.ts'
import type { Reporter } from '../ui/reporter.ts'

/** What a run of setup carries through its stages. `deadline` in ms since the epoch. */
export type SetupRun = { deadline: number; reporter: Reporter; io: Io }
