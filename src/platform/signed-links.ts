import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a link is good for. */
export interface LinkClaim {
  readonly method: 'get' | 'put';
  readonly key: string;
  /** Seconds since 1970 in UTC; from then on it is good for nothing. */
  readonly expires: number;
}

/** Signs links and tells those that it has signed. */
export interface LinkSigner {
  sign(claim: LinkClaim): string;
  /** Whether the signature is of exactly this claim, and its time has not come. */
  permits(claim: LinkClaim, signature: string, now?: number): boolean;
}

/** HMAC-SHA-256 under a key derived from any secret text, so that whoever has the same secret takes the links of others. */
export function createLinkSigner(secret: string): LinkSigner {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'lading signed link', 32));
  const sign = ({ method, key: file, expires }: LinkClaim): string =>
    // JSON keeps the parts apart.
    createHmac('sha256', key)
      .update(JSON.stringify([method, file, expires]))
      .digest('hex');
  return {
    sign,
    permits(claim, signature, now = Date.now()) {
      // Compared as they are written: what merely decodes to the same bytes is not what was signed.
      const given = Buffer.from(signature);
      const right = Buffer.from(sign(claim));
      return given.length === right.length && timingSafeEqual(given, right) && claim.expires * 1000 > now;
    },
  };
}
