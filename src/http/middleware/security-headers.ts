import type { Stage } from '../../dialects/request-state.ts';

const POLICY = [
  `default-src 'self'`,
  `script-src 'self'`,
  // Components of the console place and size things by style attributes.
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `object-src 'none'`,
  `base-uri 'none'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Kept for our own origin: it is one of the ways a request shows where it comes from.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Tells browsers to trust nothing that is not ours, and not to show us in others' frames. */
export const securityHeaders: Stage = function securityHeaders(ctx, next) {
  ctx.set(HEADERS);
  if (ctx.secure) ctx.set('Strict-Transport-Security', 'max-age=31536000');
  return next();
};
