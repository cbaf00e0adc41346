/** What the servers of a client turn out to have, or are to be taken not to have. */
export interface Features {
  /** Watches that last and tell of everything below a node: ZooKeeper 3.6 and later. */
  recursiveWatches: boolean;
}
