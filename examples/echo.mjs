import Echo from 'laravel-echo';
import { io } from 'socket.io-client';

const echo = new Echo({
  broadcaster: 'socket.io',
  client: io,
  host: 'http://127.0.0.1:8080',
  auth: { headers: { Authorization: `Bearer ${process.env.TOKEN}` } },
  withoutInterceptors: true,
});
echo
  .private(`import.job.${process.argv[2]}`)
  .listen('.import.progress.updated', (event) => console.log(`${event.progress_percentage} %`, event.current_operation))
  .listen('.import.job.status.changed', (event) => {
    console.log(event.event_type, 'skipped', event.records_skipped);
    if (event.event_type === 'job_completed') echo.disconnect();
  });
