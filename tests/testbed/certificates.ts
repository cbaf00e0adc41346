import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
// Node reads certificates but can't make them, and not every Debian has `openssl`; this package needs no other.
import forge from "node-forge";

/** Everybody's certificates and keys, in PEM. */
export interface Certificates {
  /** The authority that signed all of these but the stranger's. */
  readonly ca: Buffer;
  /** An authority that signed the stranger's and nothing else. */
  readonly otherCa: Buffer;
  /** For 127.0.0.1 and localhost. */
  readonly server: Identity;
  /** For the name of a service, `orders.coord`, and no address. */
  readonly service: Identity;
  /** A client's, which gives no common name: a server that knows users would take it for the name of one. */
  readonly client: Identity;
  /** A client's by the common name of `app`. */
  readonly app: Identity;
  /** A client's that was good until yesterday. */
  readonly expired: Identity;
  /** A client's that nobody here should trust. */
  readonly stranger: Identity;
}

export interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface Keys {
  readonly publicKey: string;
  readonly privateKey: string;
}

interface Authority {
  readonly name: string;
  readonly keys: Keys;
}

/** What a certificate says of its owner. The days count from now. */
interface Claim {
  readonly name?: string;
  readonly toDays?: number;
  readonly extensions: readonly object[];
}

const certifies = [
  { name: "basicConstraints", cA: true, critical: true },
  { name: "keyUsage", keyCertSign: true, critical: true },
];

/** The server's is a client's as well: etcd's JSON gateway dials its own server with it. */
const usage = { name: "extKeyUsage", serverAuth: true, clientAuth: true };

const organization = { name: "organizationName", value: "tests" };

const [dns, ip] = [2, 7];
const addresses = {
  name: "subjectAltName",
  altNames: [
    { type: dns, value: "localhost" },
    { type: ip, ip: "127.0.0.1" },
  ],
};

const serviceName = { name: "subjectAltName", altNames: [{ type: dns, value: "orders.coord" }] };

let issued: Promise<Certificates> | undefined;

/** Made once in a process, since making keys takes its time; for the same reason all owners have the same keys. */
export function certificates(): Promise<Certificates> {
  issued ??= issueAll();
  return issued;
}

async function issueAll(): Promise<Certificates> {
  const [own, others, keys] = await Promise.all([newKeys(), newKeys(), newKeys()]);
  const authority = { name: "authority", keys: own };
  const otherAuthority = { name: "other authority", keys: others };
  const issue = (by: Authority, claim: Claim): Identity => {
    return { cert: certify(claim, keys.publicKey, by), key: Buffer.from(keys.privateKey) };
  };
  return {
    ca: selfCertify(authority),
    otherCa: selfCertify(otherAuthority),
    server: issue(authority, { name: "server", extensions: [usage, addresses] }),
    service: issue(authority, { name: "orders", extensions: [usage, serviceName] }),
    client: issue(authority, { extensions: [usage] }),
    app: issue(authority, { name: "app", extensions: [usage] }),
    expired: issue(authority, { extensions: [usage], toDays: -1 }),
    stranger: issue(otherAuthority, { extensions: [usage] }),
  };
}

function selfCertify(authority: Authority): Buffer {
  return certify({ name: authority.name, extensions: certifies }, authority.keys.publicKey, authority);
}

function certify({ name, toDays = 2, extensions }: Claim, publicKey: string, by: Authority): Buffer {
  const certificate = forge.pki.createCertificate();
  certificate.serialNumber = `01${randomBytes(8).toString("hex")}`; // below 0x80 first, or it counts as negative
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.validity = { notBefore: inDays(-2), notAfter: inDays(toDays) };
  certificate.setSubject(name === undefined ? [organization] : [organization, { name: "commonName", value: name }]);
  certificate.setIssuer([organization, { name: "commonName", value: by.name }]);
  certificate.setExtensions([...extensions]);
  certificate.sign(forge.pki.privateKeyFromPem(by.keys.privateKey), forge.md.sha256.create());
  return Buffer.from(forge.pki.certificateToPem(certificate));
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}

function newKeys(): Promise<Keys> {
  return promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
}
