import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Access } from '../../engine/access/index.ts';
import { messageAnswer } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { open } from '../route.ts';
import { tokensAnswer } from './answers.ts';

const loginBody = z.object({ email: z.string().min(1), password: z.string().min(1).max(1024) });

const refreshBody = z.object({ refresh_token: z.string().min(1) });

const logoutBody = z.object({ refresh_token: z.string().nullish() });

function presentTokens(tokens: { accessToken: string; refreshToken: string }): object {
  return { access_token: tokens.accessToken, refresh_token: tokens.refreshToken, token_type: 'bearer' };
}

/** Logging in and out, for all dialects. */
export function authRoutes({ access }: { readonly access: Access }): readonly Route[] {
  return [
    open('post', '/auth/login', {
      summary: 'Opens a session: tokens for programs, a cookie for browsers.',
      body: loginBody,
      example: { email: 'user@example.com', password: 'your_password' },
      status: 200,
      answers: tokensAnswer,
      act: ({ body, address }) => access.logIn({ ...body, address }),
      present: (session) => ({
        body: presentTokens(session),
        session: { token: session.cookie, expiresAt: session.expiresAt },
      }),
    }),
    open('post', '/auth/refresh', {
      summary: 'Gives new tokens for a refresh token, which is good once.',
      body: refreshBody,
      status: 200,
      answers: tokensAnswer,
      act: ({ body }) => access.refreshSession(body.refresh_token),
      present: (tokens) => ({ body: presentTokens(tokens) }),
    }),
    open('post', '/auth/logout', {
      summary: 'Ends the session that is asking, and the one a refresh token belongs to.',
      body: logoutBody,
      status: 200,
      answers: messageAnswer,
      act: async ({ body, sessionId }) => {
        const ended = await access.logOut({ sessionId, refreshToken: body.refresh_token ?? null });
        if (!ended) throw new AppError('unauthenticated', 'There is no session to end.');
      },
      present: () => ({ body: { message: 'Logged out' }, session: null }),
    }),
  ];
}
