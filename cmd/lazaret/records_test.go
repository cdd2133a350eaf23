package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// scriptRecords makes records.db in a directory, with these pulls of 192.0.2.7: acme/app:1,
// which passed; acme/miner:1, which was blocked as request REFUSED; acme/proxy:1, which was put
// in quarantine as request HELD. $APP, $MINER and $PROXY become their digests, $SOON a day
// to which an exception may hold.
func scriptRecords(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: records DIRECTORY")
	}
	r, err := records.Open(context.Background(), records.Config{Path: filepath.Join(ts.MkAbs(args[0]), "records.db")})
	ts.Check(err)
	ts.Setenv("SOON", time.Now().Add(20*24*time.Hour).UTC().Format(time.DateOnly))
	for i, p := range []struct{ name, id, verdict string }{{"app", "PASSED", "allow"}, {"miner", "REFUSED", "block"}, {"proxy", "HELD", "quarantine"}} {
		d := oci.DigestOf([]byte(p.name)).String()
		ts.Setenv(map[string]string{"app": "APP", "miner": "MINER", "proxy": "PROXY"}[p.name], d)
		row := records.Pull{
			At: time.Now().Add(time.Duration(i-3) * time.Minute), RequestID: p.id, Client: "192.0.2.7", ClientName: "runner", Registry: "docker.io", Repository: "acme/" + p.name,
			Reference: "1", Digest: d, Image: d, Kind: "manifest", Verdict: p.verdict, Judged: p.verdict, Reasons: "[]", Bytes: 700, Source: "upstream", Status: 200,
		}
		if p.verdict != "allow" {
			row.Status = 403
			row.Reasons = `[{"action":"` + p.verdict + `","policy":"p","finding":{"rule":"` + p.name + `/found","category":"miner","severity":"high","confidence":"high","layer":"` + d + `","path":"opt/x","offset":0,"evidence":"seen"}}]`
		}
		ts.Check(r.Record(context.Background(), row, true))
	}
	ts.Check(r.Close(context.Background()))
}
