package inspect

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint names what was found, so that people can point at it: 32 hexadecimal digits
// of the rule, the path and the evidence. It stays the same when a file moves to another
// layer or image, or a text to another line.
func (f *Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Path + "\x00" + f.Evidence))
	return hex.EncodeToString(sum[:16])
}
