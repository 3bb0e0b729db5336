const LONGEST = 100

/** The word of `words` that `word` was probably meant to be: few typing slips away, its initials, its beginning or last part. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  // One letter is close to every other letter, and longer words are no typos.
  if (word.length < 2 || word.length > LONGEST) return undefined
  const wanted = word.toLowerCase()
  const ranked = words
    .map(candidate => ({ candidate, slips: slips(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, slips }) => slips <= Math.ceil(Math.min(word.length, candidate.length) / 4))
    .toSorted((a, b) => a.slips - b.slips)
  if (ranked[0]) return ranked[0].candidate
  return words.find(
    candidate =>
      candidate.toLowerCase().startsWith(wanted) || initials(candidate) === wanted || candidate.endsWith(`.${word}`),
  )
}

/** "lb" of "load-balancer". */
const initials = (word: string): string => word.replace(/(\w)\w*-?/g, '$1').toLowerCase()

/** Letters added, dropped, replaced or swapped with their neighbour (Damerau–Levenshtein, optimal string alignment). */
function slips(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const next = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      next[column] = Math.min(
        last[column]! + 1,
        next[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
        swapped ? before[column - 2]! + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = last
    last = next
  }
  return last[to.length]!
}
