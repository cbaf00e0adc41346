/** ZooKeeper's operation codes (ZooDefs.OpCode). */
export const opCode = {
  create: 1,
  remove: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  sync: 9,
  getChildren2: 12,
  check: 13,
  multi: 14,
  removeWatches: 18,
  createContainer: 19,
  multiRead: 22,
  setWatches: 101,
  addWatch: 106,
  closeSession: -11,
  error: -1,
} as const;

const writes: readonly number[] = [
  opCode.create,
  opCode.remove,
  opCode.setData,
  opCode.check,
  opCode.multi,
  opCode.createContainer,
  opCode.closeSession,
];

/** Whether it may change something, so that more than a look is lost with its answer. */
export const isWrite = (type: number): boolean => writes.includes(type);

/** ZooKeeper's error codes that mean something here (KeeperException.Code). */
export const errorCode = {
  runtimeInconsistency: -2,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  sessionMoved: -118,
} as const;
