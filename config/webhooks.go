package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What webhooks may be and ask for: those of package internal/notify, which a test of
// cmd/lazaret holds these to.
var (
	webhookKinds  = [...]string{"cloudevents", "slack"}
	webhookTopics = [...]string{"refused", "quarantined", "requested", "decided", "exposure", "expiring", "exception"}
)

// A Webhook is one entry of LAZARET_WEBHOOKS.
type Webhook struct {
	Kind   string
	Topics []string // none: all
	URL    string
}

// Webhooks are a list of webhooks. Of their URLs, which are secrets, the host alone is printed.
type Webhooks []Webhook

// UnmarshalText reads "kind[:topic+topic]=URL,…". A URL may hold "=" but no comma.
func (w *Webhooks) UnmarshalText(text []byte) error {
	var out Webhooks
	for one := range strings.SplitSeq(string(text), ",") {
		key, location, ok := strings.Cut(one, "=")
		kind, topics, chosen := strings.Cut(strings.TrimSpace(key), ":")
		hook := Webhook{Kind: kind, URL: strings.TrimSpace(location)}
		if chosen {
			hook.Topics = strings.Split(topics, "+")
		}
		switch {
		case !ok || hook.URL == "":
			return fmt.Errorf("not a list of webhooks (kind=URL,kind:topic+topic=URL)")
		case !slices.Contains(webhookKinds[:], kind):
			return fmt.Errorf("not a kind of webhooks (%s)", strings.Join(webhookKinds[:], ", "))
		case slices.ContainsFunc(hook.Topics, func(t string) bool { return !slices.Contains(webhookTopics[:], t) }):
			return fmt.Errorf("not a topic of webhooks (%s)", strings.Join(webhookTopics[:], ", "))
		case !guarded(hook.URL):
			return fmt.Errorf("a webhook is not at an https URL, nor at an http URL of this host (http://127.0.0.1:8080/hook)")
		case slices.ContainsFunc(out, func(o Webhook) bool { return o.Kind == hook.Kind && o.URL == hook.URL }):
			return fmt.Errorf("a webhook is there twice")
		}
		out = append(out, hook)
	}
	*w = out
	return nil
}

// guarded reports whether what is sent to a URL can be read by nobody on the way.
func guarded(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// String writes the webhooks as they were given, but for all that follows their hosts.
func (w Webhooks) String() string {
	var out []string
	for _, one := range w {
		key := one.Kind
		if len(one.Topics) > 0 {
			key += ":" + strings.Join(one.Topics, "+")
		}
		location := redacted
		if u, err := url.Parse(one.URL); err == nil {
			location = u.Scheme + "://" + u.Host + "/" + redacted
		}
		out = append(out, key+"="+location)
	}
	return strings.Join(out, ",")
}

// GoString hides the same from %#v.
func (w Webhooks) GoString() string { return strconv.Quote(w.String()) }

// MarshalText hides the same from encoders.
func (w Webhooks) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Secrets are the parts of a Secret that holds several.
func (s Secret) Secrets() []string {
	if s == "" {
		return nil
	}
	return strings.Split(string(s), ",")
}

// validWebhookSecret accepts "whsec_" and 24 to 64 bytes in base64, or several of those.
func validWebhookSecret(s Secret) bool {
	for _, one := range s.Secrets() {
		encoded, ok := strings.CutPrefix(one, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) < 24 || len(key) > 64 {
			return false
		}
	}
	return true
}

// checkWebhooks adds the rules for notifications.
func (c Config) checkWebhooks(add func(field string, bad bool, why string)) {
	signed := slices.ContainsFunc(c.Webhooks, func(w Webhook) bool { return w.Kind == "cloudevents" })
	add("WebhookSecret", signed && c.WebhookSecret == "", "must be set for the cloudevents in LAZARET_WEBHOOKS: nobody should believe what is not signed")
	add("WebhookSecret", !validWebhookSecret(c.WebhookSecret), "not whsec_ and 24 to 64 bytes in base64, or several of those with commas between")
	add("Webhooks", len(c.Webhooks) > 16, "more than 16")
	_, err := url.Parse(c.WebhookSource)
	add("WebhookSource", err != nil || c.WebhookSource == "", "not a URI reference (/lazaret, https://mirror.example.com)")
	add("NotificationRetention", c.NotificationRetention > 0 && c.NotificationRetention <= c.ExceptionNotice, "not more than LAZARET_EXCEPTION_NOTICE: what was told would be told again")
}
