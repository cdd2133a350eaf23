package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/replay"
	"github.com/lazaret/lazaret/policy"
)

// What another policy would have made of real pulls, by what the mirror keeps of them.
func TestPolicyTest(t *testing.T) {
	hub, images := startFullHub(t)
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s")
	for path, want := range map[string]int{
		"acme/clean": http.StatusOK, "acme/secret": http.StatusOK, "acme/miner": http.StatusForbidden, "acme/key": http.StatusForbidden, "bitnami/redis": http.StatusOK,
	} {
		tag := "1"
		if path == "bitnami/redis" {
			tag = "7"
		}
		for range 2 {
			if got, body := r.get(t, "/v2/"+path+"/manifests/"+tag); got != want {
				t.Fatalf("%s: %d %.300s", path, got, body)
			}
		}
	}
	if got, _ := r.get(t, "/v2/nginx-official/ngnix/manifests/latest"); got != http.StatusForbidden {
		t.Fatalf("a name that imitates another: %d", got)
	}
	// One of which no report is kept, pulled by another client, and one that is too long ago.
	gone := records.Pull{
		At: time.Now(), Client: "192.0.2.9", Registry: "docker.io", Repository: "acme/gone", Reference: "1", Digest: images["gap"].Digest.String(), Image: images["gap"].Digest.String(),
		Kind: "manifest", Verdict: "allow", Judged: "allow", Reasons: "[]", Bytes: 1, Status: http.StatusOK,
	}
	old := gone
	old.At, old.Repository = time.Now().Add(-40*24*time.Hour), "acme/old"
	for _, p := range []records.Pull{gone, old} {
		if err := r.records.Record(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := hub.Counts()
	for name, tt := range map[string]struct {
		file string
		want []string // change repository tags was now policy rule pulls client
		says string
	}{
		"the default": {"", nil, "12 pulls of 7 images: %s would newly refuse 0, for 0 clients, and newly allow 0; 1 lack reports"},
		"no leaks": {"rules:\n- {name: leak, when: finding.category == 'secret', action: block, message: No secrets.}\nclients: [{name: here, networks: [127.0.0.0/8]}]\n", []string{
			"refused acme/secret [1] warn block leak secret 2 here", "allowed acme/key [1] block allow planted-access sshkey 2 here", "allowed acme/miner [1] block allow miner miner 2 here", "allowed nginx-official/ngnix [latest] quarantine allow imitated-name name 1 here",
		}, "would newly refuse 1, for 1 clients, and newly allow 3"},
		"on trial": {defaultWith("- {name: trial, when: image.namespace == 'bitnami', action: block, mode: audit}"), []string{
			"audited bitnami/redis [7] allow warn trial policy 2 127.0.0.1",
		}, "newly refuse 0, for 0 clients, and newly allow 0; rules in mode audit would refuse 1 more"},
		"by name alone": {defaultWith("- {name: ours, when: image.namespace != 'acme', action: quarantine}"), []string{
			"refused bitnami/redis [7] allow quarantine ours policy 2 127.0.0.1",
		}, "newly refuse 1, for 1 clients"},
		"by client": {defaultWith("- {name: there, when: client.address.inNetwork('192.0.2.0/24'), action: block}"), []string{
			"refused acme/gone [1] stream block there policy 1 192.0.2.9",
		}, "newly refuse 1, for 1 clients"},
		"by tag":    {defaultWith("- {name: seven, when: image.tag == '7', action: block}"), []string{"refused bitnami/redis [7] allow block seven policy 2 127.0.0.1"}, ""},
		"by age":    {defaultWith("- {name: young, when: now - image.firstSeen < duration('24h') && image.repository == 'acme/clean', action: quarantine}"), []string{"refused acme/clean [1] allow quarantine young policy 2 127.0.0.1"}, ""},
		"of no age": {defaultWith("- {name: old, when: now - image.firstSeen > duration('1h') && image.repository == 'acme/clean', action: quarantine}"), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "new.yaml")
			if tt.file == "" {
				tt.file = r.lazaret(t, "policy", "default")
			}
			writeFile(t, file, tt.file)
			var out replay.Result
			if err := json.Unmarshal([]byte(r.lazaret(t, "policy", "test", "--policy", file, "-o", "json")), &out); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range out.Changes {
				rule, _, _ := strings.Cut(c.Rule, "/")
				who := c.Clients[0].Name
				if who == "" {
					who = c.Clients[0].Address
				}
				got = append(got, fmt.Sprint(c.Change, " ", c.Repository, " ", c.Tags, " ", c.Was, " ", c.Now, " ", c.Policy, " ", rule, " ", c.Clients[0].Pulls, " ", who))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("changes: (-want +got)\n%s", diff)
			}
			if want := []replay.Name{{Repository: "acme/gone", Digest: images["gap"].Digest}}; name != "by client" && !cmp.Equal(want, out.Unknown) {
				t.Errorf("unknown: %+v", out.Unknown)
			}
			want := tt.says
			if strings.Contains(want, "%s") {
				want = fmt.Sprintf(want, file)
			}
			if table := r.lazaret(t, "policy", "test", "--policy", file, "--since", "7d"); !strings.Contains(table, want) || strings.Contains(table, "acme/old") {
				t.Errorf("no %q in\n%s", want, table)
			}
		})
	}
	if diff := cmp.Diff(before, hub.Counts()); diff != "" {
		t.Errorf("something was fetched: (-before +after)\n%s", diff)
	}
}

// defaultWith is the default policy with a rule before the others.
func defaultWith(rule string) string {
	return strings.Replace(policy.DefaultText(), "\nrules:\n", "\nrules:\n  "+rule+"\n", 1)
}
