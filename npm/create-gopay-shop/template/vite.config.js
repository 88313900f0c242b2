// The backend is another process while the page is worked at; in production your web server passes /api on to it.
export default {
  server: { proxy: { '/api': `http://127.0.0.1:${process.env.PORT ?? 7080}` } },
};
