package notify_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/notify"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

const reasons = `[{"action":"quarantine","policy":"purpose","finding":{"rule":"hackingtool/tool","category":"hacking-tool","path":"usr/bin/x","evidence":"x"}},{"finding":{"rule":"r"}}]`

// What people read, as they read it.
func TestSlackMessages(t *testing.T) {
	r := newReceiver(t, status(http.StatusOK))
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.Slack, URL: r.url()}}})
	d := oci.DigestOf([]byte("x"))
	pull := func(id, client string) {
		t.Helper()
		p := records.Pull{
			At: b.clock.now(), RequestID: id, Client: client, ClientName: "ci", Registry: "docker.io", Repository: "acme/x", Reference: "1.0", Digest: d.String(), Image: d.String(),
			Kind: "manifest", Verdict: "quarantine", Status: 403, Reasons: reasons,
		}
		if err := b.records.Record(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		if err := b.records.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	step := func() { t.Helper(); b.round(t); b.clock.pass(10 * time.Second) }
	bob := records.Actor{Name: "bob"}
	pull("ID1", "192.0.2.7")
	step()
	pull("ID2", "192.0.2.7")
	b.clock.pass(time.Hour)
	step() // ends the window
	step()
	must(b.records.Reject(t.Context(), ada, 1, "nobody needs it"))
	step()
	must(b.records.Ask(t.Context(), bob, "ID1", "the build <!channel> needs it", records.Once{}))
	step()
	must(b.records.Approve(t.Context(), ada, 1, "for this sprint", b.clock.now().Add(time.Hour)))
	step()
	must(b.records.Ask(t.Context(), bob, "ID2", "again", records.Once{}))
	step()
	must(b.records.Decline(t.Context(), ada, 2, "use acme/y"))
	step()
	must(b.records.AddException(t.Context(), ada, records.NewException{Reason: "ours", Scope: records.Scope{Repository: "acme/*", Rule: "r/x"}, Expires: start.Add(50 * time.Hour)}))
	step()
	must(b.records.Revoke(t.Context(), ada, 2))
	step()
	must(b.records.PutExposure(t.Context(), records.Exposure{Registry: "docker.io", Repository: "acme/x", Digest: d, State: records.Exposed, Verdict: "block", Reasons: []byte(reasons),
		Clients: []records.Holder{{Client: "192.0.2.7", Name: "ci", First: start, Last: start, Pulls: 1}, {Client: "192.0.2.8", First: start, Last: start, Pulls: 1}}}))
	step()

	image := "docker.io/acme/x:1.0@" + d.String()
	for_ := ", for hacking-tool, rule hackingtool/tool, file /usr/bin/x (x) and 1 more"
	want := []string{
		"In quarantine: " + image + for_ + ". It waits for a person: lazaret quarantine show 1",
		"Refused: " + image + " to ci (192.0.2.7)" + for_ + ". Request ID ID1.",
		"Refused 1 times more since 12:00 UTC: " + image + " to ci (192.0.2.7)" + for_ + ". Request ID ID2.",
		"Stays refused, says ada: " + image + ". They say: nobody needs it",
		"Request 1: bob asks for " + image + for_ + ". They say: the build &lt;!channel&gt; needs it",
		"Request 1 of bob is approved by ada: " + image + " may be pulled, by exception 1. They say: for this sprint",
		"Request 2: bob asks for " + image + for_ + ". They say: again",
		"Request 2 of bob is declined by ada: " + image + " stays refused. They say: use acme/y",
		"Exception 2 is made by ada: repository acme/*, rule r/x, until 2026-11-26T14:00:00Z. Its reason: ours",
		"Exception 2 is revoked by ada: repository acme/*, rule r/x, until 2026-11-26T14:00:00Z. Its reason: ours",
		"Exposure: 2 clients have docker.io/acme/x@" + d.String() + ", which would be refused now (block)" + for_ + ". They are: ci (192.0.2.7), 192.0.2.8",
	}
	var got []string
	for _, g := range r.all() {
		var m map[string]string
		if err := json.Unmarshal(g.body, &m); err != nil || len(m) != 1 {
			t.Fatalf("%s: %v", g.body, err)
		}
		if g.header.Get("Content-Type") != "application/json" || g.header.Get("webhook-signature") != "" {
			t.Errorf("headers: %v", g.header)
		}
		got = append(got, m["text"])
	}
	sortPair(got) // of one batch, in no order
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func sortPair(s []string) {
	if len(s) > 1 && s[0] > s[1] {
		s[0], s[1] = s[1], s[0]
	}
}

// What strangers wrote calls nobody and pretends nothing.
func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"a <!here> b & <https://x.test|click>": "a &lt;!here&gt; b &amp; &lt;https://x.test|click&gt;",
		"@channel @Here @everyone @all@all":    "@\u200bchannel @\u200bHere @\u200beveryone @\u200ball@\u200ball",
		"x@sha256:ab, @allison":                "x@sha256:ab, @allison",
		"a\nApproved\r\tb\u202ec\x00":          "a Approved  b c ",
	} {
		if got := notify.Harmless(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	long := notify.Harmless(strings.Repeat("é", 5000))
	if len(long) > 3010 || !strings.HasSuffix(long, "é…") {
		t.Errorf("a long text ends in %q, %d bytes", long[len(long)-5:], len(long))
	}
}
