package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/lazaret/lazaret/internal/records"
)

// The kinds of webhooks: what is posted.
const (
	CloudEvents = "cloudevents" // an event in structured mode, signed
	Slack       = "slack"       // {"text": "…"}, as Slack, Mattermost and Rocket.Chat take it
)

// A Webhook is where notifications go.
type Webhook struct {
	Kind   string
	Topics []string // that it wants; none: all
	URL    string   // may be a secret as a whole, as Slack's is
}

// topics are what a webhook can ask for, by type of notification.
func topicOf(kind string) string {
	switch kind {
	case records.PullRefused:
		return "refused"
	case records.ImageQuarantined:
		return "quarantined"
	case records.ImageExposed:
		return "exposure"
	case records.RequestAsked:
		return "requested"
	case records.RequestApproved, records.RequestDeclined, records.ImageReleased, records.ImageRejected, records.ImageCleared:
		return "decided"
	case records.ExceptionExpiring:
		return "expiring"
	}
	return "exception"
}

// Topics are all topics.
func Topics() []string {
	return []string{"refused", "quarantined", "requested", "decided", "exposure", "expiring", "exception"}
}

// A hook is a webhook at work.
type hook struct {
	Webhook
	name  string
	pause time.Time // it wants nothing until then; its own loop alone has this
}

func newHook(w Webhook) (*hook, error) {
	u, err := url.Parse(w.URL)
	switch {
	case w.Kind != CloudEvents && w.Kind != Slack:
		return nil, fmt.Errorf("notify: %.40q is no kind of webhook", w.Kind)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, errors.New("notify: a webhook is not at an http or https URL")
	}
	for _, topic := range w.Topics {
		if !slices.Contains(Topics(), topic) {
			return nil, fmt.Errorf("notify: %.40q is no topic", topic)
		}
	}
	// Who knows no more than this name cannot tell the URL by trying: 32 bits fit too many.
	sum := sha256.Sum256([]byte(w.URL))
	return &hook{Webhook: w, name: w.Kind + ":" + u.Host + ":" + hex.EncodeToString(sum[:4])}, nil
}

func (h *hook) wants(kind string) bool {
	return len(h.Topics) == 0 || slices.Contains(h.Topics, topicOf(kind))
}
