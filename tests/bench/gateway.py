"""The servers that both sides of a row talk to: nginx with fixed answers, a slow one, and one that
only notes when the first request comes."""

import base64
import os
import selectors
import shutil
import socket
import subprocess
import time

import inputs
from measure import Failed, clean_environment

NGINX_CONFIG = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  log_not_found off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  client_body_buffer_size 64k;
  keepalive_requests 1000000000;
  keepalive_timeout 600;
  sendfile on;
  tcp_nodelay on;
  default_type application/json;
  types {{ video/mp4 mp4; }}
  server {{
    listen 127.0.0.1:{http_port} backlog=4096;
    # `return` reads the request's body and drops it.
    location = /v1/chat/completions {{ return 200 '{chat_reply}'; }}
    location = /v1/videos {{ return 200 '{{"id":"video_bench","status":"queued"}}'; }}
    location /v1/videos/ {{
      return 200 '{{"id":"video_bench","status":"completed","metadata":{{"url":"{film_url}"}}}}';
    }}
    # Static files take no POST. There is none of this name, and instead of 404 comes the reply.
    location = /v1/images/generations {{ error_page 404 =200 /image.json; root {folder}/www; }}
    location / {{ root {folder}/www; }}
  }}
  server {{
    listen 127.0.0.1:{https_port} ssl http2 backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    # A reply that is sent before the body was read ends with RST_STREAM, which libcurl 7.88 may
    # take for a failure. A mirror makes nginx read the body first.
    location = /v1/chat/completions {{
      mirror /nowhere;
      error_page 404 =200 /chat.json;
      root {folder}/www;
    }}
    location = /nowhere {{ internal; return 204; }}
    location = /chat.json {{ root {folder}/www; open_file_cache max=10; }}
  }}
}}
"""


def find_nginx():
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_open(port, child):
    for _ in range(500):
        if child.poll() is not None:
            raise Failed(f"the server of port {port} ended with {child.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Failed(f"no server came up on port {port}")


class Nginx:
    """Serves chat, one image reply of `image_bytes` decoded, and a film, until close()."""

    def __init__(self, folder, image_bytes, film_bytes):
        self.folder = folder / "nginx"
        www = self.folder / "www"
        www.mkdir(parents=True, exist_ok=True)
        self.certificate, key = inputs.certificate(self.folder)
        self.image = inputs.image(self.folder, image_bytes)
        encoded = base64.b64encode(self.image.read_bytes()).decode()
        reply = f'{{"created":1780000000,"data":[{{"b64_json":"{encoded}"}}]}}'
        (www / "image.json").write_text(reply, encoding="utf-8")
        (www / "chat.json").write_text(inputs.chat_reply(), encoding="utf-8")
        self.films = [inputs.film(www, size) for size in (film_bytes, film_bytes // 4)]
        ports = free_port(), free_port()
        self.url, self.tls_url = (f"{scheme}://127.0.0.1:{port}"
                                  for scheme, port in zip(("http", "https"), ports))
        self.point_at_film(self.films[0])
        config = NGINX_CONFIG.format(
            user="user root;" if os.geteuid() == 0 else "", folder=self.folder,
            http_port=ports[0], https_port=ports[1], certificate=self.certificate, key=key,
            chat_reply=inputs.chat_reply(), film_url=f"{self.url}/film.mp4")
        path = self.folder / "nginx.conf"
        path.write_text(config, encoding="utf-8")
        with open(self.folder / "stderr", "wb") as err:
            self.child = subprocess.Popen([find_nginx(), "-c", path, "-p", self.folder],
                                          stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                                          env=clean_environment())
        wait_until_open(ports[0], self.child)

    def point_at_film(self, film):
        link = self.folder / "www" / "film.mp4"
        link.unlink(missing_ok=True)
        link.symlink_to(film.name)

    def close(self):
        self.child.terminate()
        self.child.wait()


class SlowServer:
    """Answers each POST after `delay_s`, on as many connections as come."""

    def __init__(self, program, reply_file, delay_s):
        self.child = subprocess.Popen([program, "--reply", reply_file, "--delay", str(delay_s)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      env=clean_environment(), text=True)
        self.url = self.child.stdout.readline().strip()
        if not self.url:
            raise Failed("slow_server did not start")

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class FirstRequest:
    """Takes connections and tells when the first POST arrived; answers nothing."""

    def __init__(self, port=0):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def wait(self, timeout_s):
        """time.monotonic() of the first POST."""
        end = time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            while time.monotonic() < end:
                for key, _ in selector.select(0.1):
                    if key.fileobj is self.listener:
                        connection = self.listener.accept()[0]
                        selector.register(connection, selectors.EVENT_READ)
                        continue
                    if key.fileobj.recv(5).startswith(b"POST "):
                        return time.monotonic()
                    selector.unregister(key.fileobj)
        raise Failed(f"no request came within {timeout_s} s")

    def close(self):
        self.listener.close()
