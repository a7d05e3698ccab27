import { io } from 'socket.io-client';

const socket = io('http://127.0.0.1:8080', { auth: { token: process.env.TOKEN } });
socket.on('connect_error', ({ message }) => console.log(message));
socket.on('connect', () => {
  // `after: 0` tells what has happened so far, too; a client that was away names the last event_id it has seen.
  socket.emit('subscribe', { channel: `import.job.${process.argv[2]}`, after: 0 }, console.log);
});
socket.on('import.progress.updated', (channel, event) => {
  console.log(`${event.progress_percentage} %`, event.records_processed, event.current_operation);
});
socket.on('import.job.status.changed', (channel, event) => {
  console.log(event.event_id, event.event_type);
  if (['completed', 'failed', 'cancelled'].includes(event.status)) socket.close();
});
