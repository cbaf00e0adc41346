/** What is thrown on the way to a promise rejects, as in an async function, whose own promise this spares. */
export function rejecting<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error);
  }
}
