package records

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// The types of notifications: what happened.
const (
	PullRefused       = "pull.refused"      // a client was refused
	ImageQuarantined  = "image.quarantined" // an image waits for a person
	ImageReleased     = "image.released"    // a person made an exception for it
	ImageRejected     = "image.rejected"    // a person leaves it refused
	ImageCleared      = "image.cleared"     // no rule minds it any more
	ImageExposed      = "image.exposed"     // clients have what would be refused now
	RequestAsked      = "request.asked"
	RequestApproved   = "request.approved"
	RequestDeclined   = "request.declined"
	ExceptionAdded    = "exception.added" // by itself: not by a release, an approval or an import
	ExceptionRenewed  = "exception.renewed"
	ExceptionRevoked  = "exception.revoked"
	ExceptionExpiring = "exception.expiring"
	ExceptionImported = "exception.imported" // a file changed what is in force
)

// A Notice is what a notification says; which fields are set depends on its type. It leaves
// the house: it has nothing of an image but what a refusal's text says of it.
type Notice struct {
	Registry   string     `json:"registry,omitempty"`
	Repository string     `json:"repository,omitempty"`
	Reference  string     `json:"reference,omitempty"` // tag or digest as it was asked for
	Digest     oci.Digest `json:"digest,omitempty"`
	Verdict    string     `json:"verdict,omitempty"` // block, quarantine
	Cause      *Cause     `json:"cause,omitempty"`

	RequestID  string    `json:"request_id,omitempty"` // of the refusal
	Client     string    `json:"client,omitempty"`     // address
	ClientName string    `json:"client_name,omitempty"`
	Times      int64     `json:"times,omitempty"` // refusals that this tells of
	Since      time.Time `json:"since,omitzero"`  // when the first of them was, if there were others before it

	Clients []string `json:"clients,omitempty"` // who has it, by name or address: the first maxNamed
	Holders int      `json:"holders,omitempty"` // how many have it

	Quarantine int64     `json:"quarantine,omitempty"` // number of the row
	Request    int64     `json:"request,omitempty"`    // likewise
	Exception  int64     `json:"exception,omitempty"`  // likewise
	Asker      string    `json:"asker,omitempty"`
	Reason     string    `json:"reason,omitempty"` // why it is asked for, or was excepted
	Ticket     string    `json:"ticket,omitempty"`
	By         string    `json:"by,omitempty"`   // who decided
	Word       string    `json:"word,omitempty"` // what they said
	Scope      *Scope    `json:"scope,omitempty"`
	Expires    time.Time `json:"expires,omitzero"`
	Source     string    `json:"source,omitempty"` // the file of an import
	Added      []string  `json:"added,omitempty"`  // by an import, by name: the first maxNamed
	Revoked    []string  `json:"revoked,omitempty"`
}

// maxNamed is how many names a notice lists, of maxName bytes each. With maxText for its other
// texts, and six bytes of JSON for one at the worst, it is well below maxReasons.
const (
	maxNamed = 20
	maxName  = 128
)

// A Cause is the worst reason of a verdict, as far as a refusal's text has it.
type Cause struct {
	Policy   string     `json:"policy,omitempty"` // the policy's rule
	Rule     string     `json:"rule"`             // the finding's
	Category string     `json:"category,omitempty"`
	Layer    oci.Digest `json:"layer,omitempty"`
	Path     string     `json:"path,omitempty"`
	Evidence string     `json:"evidence,omitempty"` // redacted, as all evidence is
	Message  string     `json:"message,omitempty"`  // of the policy's rule
	More     int        `json:"more,omitempty"`     // further reasons
}

// causeOf is the first of some reasons, which are the worst first; nil if there is none.
func causeOf(reasons json.RawMessage) *Cause {
	var all []struct {
		Policy  string `json:"policy"`
		Message string `json:"message"`
		Finding struct {
			Rule     string     `json:"rule"`
			Category string     `json:"category"`
			Layer    oci.Digest `json:"layer"`
			Path     string     `json:"path"`
			Evidence string     `json:"evidence"`
		} `json:"finding"`
	}
	if err := json.Unmarshal(reasons, &all); err != nil || len(all) == 0 {
		return nil
	}
	f := all[0].Finding
	return &Cause{
		Policy: text(all[0].Policy, maxText), Rule: text(f.Rule, maxText), Category: text(f.Category, maxText), Layer: oci.Digest(text(f.Layer.String(), maxText)),
		Path: text(f.Path, maxText), Evidence: text(f.Evidence, maxText), Message: text(all[0].Message, maxText), More: len(all) - 1,
	}
}

// notice is what a notification says about what was refused.
func (f *Refused) notice() Notice {
	return Notice{
		Registry: f.Registry, Repository: f.Repository, Reference: f.Reference, Digest: f.Digest, Cause: causeOf(f.Reasons), RequestID: f.RequestID, Client: f.Client,
	}
}

// image names an image for a notification's subject.
func (n *Notice) image() string {
	s := n.Registry + "/" + n.Repository
	switch {
	case n.Digest != "":
		return s + "@" + n.Digest.String()
	case n.Reference != "":
		return s + ":" + n.Reference
	}
	return s
}

// subject names what a refusal is about: an image, or a client that was refused many.
func (n *Notice) subject() string {
	if n.Repository == "" {
		return "client/" + n.Client
	}
	return n.image()
}

func (x *Quarantined) notice() Notice {
	n := x.Refused.notice()
	n.Verdict, n.Quarantine, n.Times = "quarantine", x.ID, x.Times
	n.By, n.Word, n.Exception = x.By, x.Word, x.Exception
	return n
}

func (q *Request) notice() Notice {
	n := q.Refused.notice()
	n.Request, n.Asker, n.Reason = q.ID, q.Asker, q.Why
	n.By, n.Word, n.Exception = q.By, q.Word, q.Exception
	return n
}

func (e *Exception) notice() Notice {
	return Notice{
		Exception: e.ID, Reason: e.Reason, Ticket: e.Ticket, By: e.Author, Scope: &e.Scope, Expires: e.Expires, Source: e.Source,
		Repository: e.Scope.Repository, Digest: e.Scope.Digest,
	}
}

func (x *Exposure) notice() Notice {
	n := Notice{
		Registry: x.Registry, Repository: x.Repository, Digest: x.Digest, Verdict: x.Verdict, Cause: causeOf(x.Reasons), Holders: len(x.Clients),
	}
	for _, h := range x.Clients {
		name := h.Client
		if h.Name != "" {
			name = h.Name + " (" + h.Client + ")"
		}
		n.Clients = append(n.Clients, name)
	}
	n.Clients = named(n.Clients)
	return n
}

// named bounds a list of names: a notice is read as a whole.
func named(all []string) (out []string) {
	for _, s := range all[:min(len(all), maxNamed)] {
		out = append(out, text(s, maxName))
	}
	return out
}

// news is a notification that is to be written.
type news struct {
	at      time.Time
	kind    string // of the types above
	subject string
	key     string // what has this key is told once, for as long as the row is kept; "": nothing else has it
	notice  Notice
}

// tell puts a notification into the outbox. It belongs into the transaction of what it is about.
func tell(ctx context.Context, q querier, n news) error {
	data, err := json.Marshal(n.notice)
	if err != nil {
		return fmt.Errorf("records: notify: %w", err)
	}
	uid := rand.Text()
	if n.key == "" {
		n.key = uid
	}
	_, err = q.ExecContext(ctx, `INSERT INTO notifications (uid, key, at, type, subject, data, state) VALUES `+placeholders(1, 7)+` ON CONFLICT (key) DO NOTHING`,
		uid, n.key, n.at.UnixMicro(), n.kind, text(n.subject, maxText), text(string(data), maxReasons), Untold)
	if err != nil {
		return fmt.Errorf("records: notify: %w", err)
	}
	return nil
}
