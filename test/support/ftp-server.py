"""An FTP server on a free port of 127.0.0.1: prints the port. It ends when its standard input does.

ftp-server.py FOLDER USER PASSWORD [tls CERTIFICATE | plain] [no-epsv] [masquerade ADDRESS] [cut BYTES] [stall BYTES]

`cut` breaks the first data connection after so many bytes, `stall` sends nothing more after them.
"""

import logging
import os
import sys
import threading

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_FTPHandler, TLS_DTPHandler
from pyftpdlib.servers import FTPServer

logging.disable(logging.CRITICAL)
folder, user, password, *words = sys.argv[1:]
settings = {}
flags = set()
while words:
    word = words.pop(0)
    if word in ("tls", "masquerade", "cut", "stall"):
        settings[word] = words.pop(0)
    else:
        flags.add(word)

tls = "tls" in settings
faults = {"cut": int(settings.get("cut", 0)), "stall": int(settings.get("stall", 0))}


class Faulty(TLS_DTPHandler if tls else DTPHandler):
    sent = 0

    def send(self, data):
        if faults["stall"] and self.sent > faults["stall"]:
            return 0
        if faults["cut"] and self.sent > faults["cut"]:
            faults["cut"] = 0
            self.cmd_channel.close()
            self.close()
            return 0
        count = super().send(data)
        self.sent += count
        return count


class Handler(TLS_FTPHandler if tls else FTPHandler):
    dtp_handler = Faulty
    banner = "welcome"
    timeout = 60
    auth_failed_timeout = 0.05
    use_sendfile = False
    if tls:
        certfile = settings["tls"]
        tls_control_required = True
        tls_data_required = True
    if "no-epsv" in flags:
        proto_cmds = {name: what for name, what in FTPHandler.proto_cmds.items() if name not in ("EPSV", "MLST", "MLSD")}


authorizer = DummyAuthorizer()
authorizer.add_user(user, password, folder, perm="elr")
Handler.authorizer = authorizer
Handler.masquerade_address = settings.get("masquerade")
server = FTPServer(("127.0.0.1", 0), Handler)
print(server.address[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever(handle_exit=False)
