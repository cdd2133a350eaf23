package config

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// redacted stands for a secret that is set.
const redacted = "[redacted]"

// Bytes is a size in bytes.
type Bytes int64

// byteUnits are the IEC 80000-13 binary units that are understood, largest first.
// Decimal ones (kB, MB) are refused rather than guessed at.
var byteUnits = []struct {
	name string
	size int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// UnmarshalText reads a number of bytes, or a number and one of KiB, MiB, GiB, TiB
// with nothing between them.
func (b *Bytes) UnmarshalText(text []byte) error {
	digits, scale := string(text), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, scale = rest, u.size
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || int64(n) > math.MaxInt64/scale {
		return fmt.Errorf("not a size in bytes (64KiB, 1MiB, 65536)")
	}
	*b = Bytes(int64(n) * scale)
	return nil
}

// String writes b in the largest unit that divides it: UnmarshalText reads it back.
func (b Bytes) String() string {
	for _, u := range byteUnits {
		if b != 0 && int64(b)%u.size == 0 {
			return strconv.FormatInt(int64(b)/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// A Secret prints as "[redacted]", whatever the verb; string(s) is the value.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Parameters are the settings of a storage driver, which may hold secrets: they print redacted.
type Parameters map[string]string

// UnmarshalText reads "key=value,key=value". A value may hold "=" but no comma.
func (p *Parameters) UnmarshalText(text []byte) error {
	out := Parameters{}
	for pair := range strings.SplitSeq(string(text), ",") {
		key, value, ok := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			return fmt.Errorf("not a list of parameters (key=value,key=value)")
		}
		if _, twice := out[key]; twice {
			return fmt.Errorf("parameter %q is there twice", key)
		}
		out[key] = value
	}
	*p = out
	return nil
}

// Map returns the parameters in the shape that distribution's driver factory takes.
func (p Parameters) Map() map[string]any {
	out := make(map[string]any, len(p))
	for k, v := range p {
		out[k] = v
	}
	return out
}

// String writes the parameters by key, with the values of secret ones hidden.
func (p Parameters) String() string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(p)) {
		value := p[key]
		if secretParameter(key) {
			value = redacted
		}
		pairs = append(pairs, key+"="+value)
	}
	return strings.Join(pairs, ",")
}

// GoString hides the same values from %#v.
func (p Parameters) GoString() string { return strconv.Quote(p.String()) }

// MarshalText hides the same values from encoders.
func (p Parameters) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// secretParameter knows by its name a parameter that is a secret: secretkey, sessiontoken,
// accountkey and the like. accesskey and keyid are names of keys, not keys.
func secretParameter(key string) bool {
	key = strings.ToLower(key)
	if key == "accesskey" || key == "keyid" {
		return false
	}
	for _, word := range []string{"secret", "password", "token", "credential", "key"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// redactURL returns raw with its password, and parameters that are passwords, hidden.
// What cannot be read as a URL is hidden whole.
func redactURL(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" && u.Path == "" {
		return redacted
	}
	// Built by hand, because url.URL would percent-encode the brackets.
	var b strings.Builder
	b.WriteString(u.Scheme + "://")
	if u.User != nil {
		if _, has := u.User.Password(); has {
			b.WriteString(u.User.Username() + ":" + redacted + "@")
		} else {
			b.WriteString(redacted + "@") // one part alone may be a token
		}
	}
	b.WriteString(u.Host + u.EscapedPath())
	if q := u.Query(); len(q) > 0 {
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(q)) {
			for _, value := range q[key] {
				if secretParameter(key) {
					value = redacted
				}
				pairs = append(pairs, key+"="+value)
			}
		}
		b.WriteString("?" + strings.Join(pairs, "&"))
	}
	return b.String()
}

// formatDuration writes 1m for 1m0s: time.ParseDuration reads both.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
