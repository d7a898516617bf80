"""A job with a key of the keeper's: it calls every two seconds, and waits where it is told to.

    job.py KEAP_FILE ADDRESS KEY_FILE

ADDRESS is the keeper's, with the connection's name. KEAP_FILE is what `evergrant issuer rehearse` writes; the job ends when that is gone.
"""

import pathlib
import sys
import time
import urllib.error
import urllib.request

keap_file, address, key_file = sys.argv[1:]
key = pathlib.Path(key_file).read_text().strip()

while pathlib.Path(keap_file).exists():
    pause = 2.0
    try:
        request = urllib.request.Request(address + "/crm/rest/v2/contacts?page_size=1", headers={"X-API-Key": key})
        urllib.request.urlopen(request, timeout=120).close()
    except urllib.error.HTTPError as error:
        with error:
            pause = max(pause, float(error.headers.get("Retry-After", 0)))
    except OSError:
        pass
    time.sleep(pause)
