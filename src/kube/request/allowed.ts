import { ApiError } from './connection.ts'

/** The result, or undefined where the person may not read that. */
export async function allowed<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined
    throw error
  }
}
