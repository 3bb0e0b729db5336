/** What stands in the way of an installation, and what to do about it. */
export type Trouble = { readonly message: string; readonly fix: string }
