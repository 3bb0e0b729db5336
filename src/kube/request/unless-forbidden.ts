import { ApiError } from './connection.ts'

/** The result of a read, or undefined if the user has no permission for it (403). */
export async function unlessForbidden<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined
    throw error
  }
}
