import { expect, test } from 'vitest'
import { allTexts } from '../texts/texts.js'

/** Words that make a text read as translated, or that name nobody and nothing. */
const BANNED = [
  /\b(?:anew|afresh|as suits|all the same|by itself|by themselves|as it is|as they are|nothing more specific)\b/i,
  /\b(?:to be had|so far as|that of|those of|no more|for ever)\b/i,
  /\b(?:made|make|makes|making)\b/i,
  /\bthere(?:'s| is| are| was| were)\b|\b(?:is|are|was) (?:not |already |no longer )?there\b/i,
  /\b(?:goes|go|going) on\b|\bbrings?\b|\bstands?\b|\btak(?:e|es|ing) back\b/i,
  /\b(?:leave|leaves|left) (?:\S+ )?out\b|\bputs? (?:\S+ ){1,3}right\b/i,
  /\b(?:shall|whoever|somebody|someone|anybody|nobody|everybody|no one)\b/i,
  /\b(?:is|are) to be\b|\b(?:is|are) said\b|\bhas to work\b/i,
  /\bfall(?:s|en)? silent\b|\bof ours\b|\bof (?:yours|theirs|others)\b/i,
  /\bno (?:address|URL|file|directory|certificate|part|port)\b(?= of\b|[.,]|$)/i,
  /\brights?\b/i,
]

/** A banned word in its honest sense: the text it occurs in, and why. */
const ALLOWED: readonly (readonly [text: string, reason: string])[] = []

/** A text without the expressions in its braces. */
const words = (text: string): string => {
  const shorter = text.replace(/\{[^{}]*\}/g, '…')
  return shorter === text ? text : words(shorter)
}

const isAllowed = (text: string): boolean => ALLOWED.some(([allowed]) => text.includes(allowed))

test('npm run texts finds texts of every kind', () => {
  const found = allTexts().map(({ place, text }) => `${place.replace(/:\d+$/, '')}: ${text}`)
  for (const text of [
    'src/cli/args.ts: Unknown command {show(word)}.',
    'src/cli/command-table.ts: Check prerequisites',
    'src/settings/setting-rows.ts: Number of gateway replicas',
    'CHANGELOG.md: # Changelog',
  ])
    expect(found).toContain(text)
  expect(found.length).toBeGreaterThan(1000)
})

test('no text that a person reads has a banned word', () => {
  const banned = allTexts().flatMap(({ place, text }) => {
    const [word] = BANNED.flatMap(pattern => pattern.exec(words(text)) ?? [])
    return word === undefined || isAllowed(text) ? [] : [`${place} "${word}": ${text}`]
  })
  expect(banned).toEqual([])
})

test('every exception is needed', () => {
  const texts = allTexts().map(({ text }) => text)
  const needed = ([allowed]: readonly [string, string]) =>
    texts.some(text => text.includes(allowed) && BANNED.some(pattern => pattern.test(words(text))))
  expect(ALLOWED.filter(exception => !needed(exception))).toEqual([])
})
