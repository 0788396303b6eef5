import base64, hashlib, hmac, time

def is_genuine(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    at = headers["webhook-timestamp"]
    signed = f"{headers['webhook-id']}.{at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    given = headers["webhook-signature"].split()
    return abs(time.time() - int(at)) < 300 and any(hmac.compare_digest(expected, one) for one in given)
