/** Every text that a person can read, with the place it comes from ("path:line"), in the order of the files. */
export function allTexts(): { place: string; text: string }[]
