package notify

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/lazaret/lazaret/internal/records"
)

// slackMessage is a notification for people, as Slack's incoming webhooks take it
// (https://api.slack.com/messaging/webhooks).
func slackMessage(x records.Notification) ([]byte, error) {
	var n records.Notice
	if err := json.Unmarshal(x.Data, &n); err != nil {
		return nil, fmt.Errorf("read a notice: %w", err)
	}
	return json.Marshal(map[string]string{"text": harmless(sentence(x.Type, &n))})
}

// markup replaces what Slack reads as more than text: "&", "<" and ">"
// (https://api.slack.com/reference/surfaces/formatting#escaping).
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// mentions are what Slack's likes take for a call to everybody.
var mentions = regexp.MustCompile(`(?i)@(channel|here|all|everyone)\b`)

// maxSentence bounds a message, in bytes: Slack cuts what is longer than 40,000 characters, and nobody reads so much.
const maxSentence = 3000

// harmless makes text of what strangers wrote: the names of images and files, and a
// developer's words, must not call people, link or pretend to be another message.
func harmless(s string) string {
	if len(s) > maxSentence {
		s = strings.ToValidUTF8(s[:maxSentence], "") + "…"
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) { // Cf: among others, what turns the direction
			return ' '
		}
		return r
	}, s)
	return mentions.ReplaceAllString(markup.Replace(s), "@\u200b$1")
}

// sentence says a notification in words.
func sentence(kind string, n *records.Notice) string {
	switch kind {
	case records.PullRefused:
		if n.Repository == "" {
			return fmt.Sprintf("Refused%s: further images, %d pulls in all, to %s. See them by: lazaret pulls --client %s", since(n), n.Times, who(n), n.Client)
		}
		return fmt.Sprintf("Refused%s: %s to %s%s.%s", times(n), image(n), who(n), because(n), ifAny(" Request ID ", n.RequestID, "."))
	case records.ImageQuarantined:
		return fmt.Sprintf("In quarantine: %s%s. It waits for a person: lazaret quarantine show %d", image(n), because(n), n.Quarantine)
	case records.ImageReleased:
		return fmt.Sprintf("Released from quarantine by %s: %s, by exception %d. They say: %s", n.By, image(n), n.Exception, n.Word)
	case records.ImageRejected:
		return fmt.Sprintf("Stays refused, says %s: %s. They say: %s", n.By, image(n), n.Word)
	case records.ImageCleared:
		return fmt.Sprintf("No longer in quarantine: %s: %s.", image(n), n.Word)
	case records.ImageExposed:
		return fmt.Sprintf("Exposure: %d clients have %s, which would be refused now (%s)%s. They are: %s%s", n.Holders, image(n), n.Verdict, because(n),
			strings.Join(n.Clients, ", "), more(n.Holders-len(n.Clients)))
	case records.RequestAsked:
		return fmt.Sprintf("Request %d: %s asks for %s%s. They say: %s", n.Request, n.Asker, image(n), because(n), n.Reason)
	case records.RequestApproved:
		return fmt.Sprintf("Request %d of %s is approved by %s: %s may be pulled, by exception %d.%s", n.Request, n.Asker, n.By, image(n), n.Exception, ifAny(" They say: ", n.Word, ""))
	case records.RequestDeclined:
		return fmt.Sprintf("Request %d of %s is declined by %s: %s stays refused. They say: %s", n.Request, n.Asker, n.By, image(n), n.Word)
	case records.ExceptionImported:
		return fmt.Sprintf("Exceptions of %s changed by %s: added %s; revoked %s.", n.Source, n.By, list(n.Added), list(n.Revoked))
	}
	verb := map[string]string{
		records.ExceptionAdded: "made by", records.ExceptionRenewed: "renewed by", records.ExceptionRevoked: "revoked by", records.ExceptionExpiring: "ends soon; it was made by",
	}[kind]
	if verb == "" { // of a newer Lazaret that shares the records
		return fmt.Sprintf("%s: %s", kind, image(n))
	}
	return fmt.Sprintf("Exception %d is %s %s: %s, until %s. Its reason: %s", n.Exception, verb, n.By, covers(n.Scope), n.Expires.UTC().Format(time.RFC3339), n.Reason)
}

func times(n *records.Notice) string {
	if n.Since.IsZero() {
		return ""
	}
	return fmt.Sprintf(" %d times more since %s", n.Times, n.Since.UTC().Format("15:04 MST"))
}

func since(n *records.Notice) string {
	if n.Since.IsZero() {
		return ""
	}
	return " since " + n.Since.UTC().Format("15:04 MST")
}

// image names the image of a notice as people do.
func image(n *records.Notice) string {
	s := n.Repository
	if n.Registry != "" {
		s = n.Registry + "/" + s
	}
	if n.Reference != "" && !strings.Contains(n.Reference, ":") {
		s += ":" + n.Reference
	}
	if n.Digest != "" {
		s += "@" + n.Digest.String()
	}
	return s
}

func who(n *records.Notice) string {
	if n.ClientName != "" {
		return n.ClientName + " (" + n.Client + ")"
	}
	return n.Client
}

// because is what a refusal's text says of why.
func because(n *records.Notice) string {
	c := n.Cause
	if c == nil {
		return ""
	}
	s := ", for " + ifAny("", c.Category, ", ") + "rule " + c.Rule + ifAny(", file /", strings.TrimPrefix(c.Path, "/"), "") + ifAny(" (", c.Evidence, ")")
	if c.More > 0 {
		s += fmt.Sprintf(" and %d more", c.More)
	}
	return s
}

// ifAny puts something around a text, unless that is empty.
func ifAny(before, s, after string) string {
	if s == "" {
		return ""
	}
	return before + s + after
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// covers says a scope.
func covers(s *records.Scope) string {
	if s == nil {
		return "nothing"
	}
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"repository", s.Repository}, {"tag", s.Tag}, {"digest", s.Digest.String()}, {"rule", s.Rule}, {"path", s.Path}, {"fingerprint", s.Fingerprint}, {"client", s.Client},
	} {
		if p.value != "" {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	return strings.Join(parts, ", ")
}
