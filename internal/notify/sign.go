package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Signatures are those of Standard Webhooks 1.0.0
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
// HMAC-SHA256 over "ID.TIMESTAMP.BODY". It was chosen over a signature of the body alone
// because the time in it bounds how long a stolen request can be sent again, the ID is what
// a receiver tells repetitions by, and there are libraries that check it in a dozen languages.

// A Secret is a key that signs.
type Secret []byte

const secretPrefix = "whsec_"

// ParseSecret reads "whsec_" and 24 to 64 bytes in base64, which is how the specification
// writes keys.
func ParseSecret(s string) (Secret, error) {
	encoded, ok := strings.CutPrefix(s, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("notify: a secret is whsec_ and 24 to 64 bytes in base64")
	}
	return key, nil
}

// sign puts the headers of a message's signature, one signature for each secret: a receiver
// needs to know only one, so that a new one can be brought in while the old is in use.
func sign(h http.Header, secrets []Secret, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	var all []string
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		_, _ = mac.Write([]byte(id + "." + timestamp + ".")) // a hash takes all
		_, _ = mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", timestamp)
	h.Set("webhook-signature", strings.Join(all, " "))
}
