/** Both versions of Helm that people have; the cluster tier needs them on the PATH (README, "Tests"). */
export const HELMS = ['helm3', 'helm4'] as const
