# SPDX-License-Identifier: MIT
"""nginx as a server of the scripts of `./run bench`: one process, nothing logged."""

import shutil

import measure

CONFIGURATION = """daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	server {{
		listen 127.0.0.1:{port}{listen};
		keepalive_requests 1000000000;
		default_type text/plain;
		root {folder};
		{lines}
	}}
}}
"""


def serve(bench: measure.Bench, lines: str, listen: str = "") -> str:
    """Starts it with these lines for its server, and words behind the port: " ssl http2".
    Answers the port. Files are those of the folder bench.folder/nginx, which may have been
    made before."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if not program:
        raise measure.Failure("nginx is missing")
    port, folder = measure.free_port(), bench.folder / "nginx"
    folder.mkdir(exist_ok=True)
    for opened in (bench.folder, folder):   # where root starts it, a user of its own reads
        opened.chmod(0o755)
    configuration = folder / "conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, lines=lines,
                                                  listen=listen), encoding="ascii")
    return bench.serve_foreign([program, "-p", folder, "-c", configuration], port)
