package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// What the Admin API says of a mirror at work, and what it gives out of an image in quarantine.
func TestAdminAPI(t *testing.T) {
	hub, images := startFullHub(t)
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s")
	quarantine := strings.Replace(policy.DefaultText(), "action: block", "action: quarantine", -1)
	rules, err := policy.ParseRules("lenient.yaml", []byte(quarantine))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.app.usePolicy(rules); err != nil {
		t.Fatal(err)
	}
	if got, body := r.get(t, "/v2/acme/miner/manifests/1"); got != http.StatusForbidden {
		t.Fatalf("a miner: %d %.300s", got, body)
	}
	if err := r.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	secret, hash := auth.NewToken()
	if _, err := r.records.AddToken(t.Context(), records.Actor{Name: "test", Origin: "test"}, records.NewToken{Name: "rita", Role: "reviewer", Hash: hash}); err != nil {
		t.Fatal(err)
	}
	c, err := client.NewClientWithResponses("http://"+r.adminAddr(), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+secret)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()

	i, p := r.app.server.InForce()
	status, err := c.GetStatusWithResponse(ctx)
	if err != nil || status.JSON200 == nil || status.JSON200.Ready != client.StatusReadyOk || status.JSON200.Ruleset != string(i.Set()) || status.JSON200.Policy != p.Revision() {
		t.Errorf("status: %v, %s", err, status.Body)
	}
	listed, err := c.ListRulesWithResponse(ctx)
	if err != nil || listed.JSON200 == nil || len(listed.JSON200.Rules) < 50 {
		t.Errorf("rules: %v, %.300s", err, listed.Body)
	}
	tried, err := c.TestPolicyWithResponse(ctx, &client.TestPolicyParams{}, client.Trial{Text: policy.DefaultText()})
	if err != nil || tried.JSON200 == nil || tried.JSON200.Pulls != 1 {
		t.Errorf("policy test: %v, %s", err, tried.Body)
	}
	waiting, err := c.GetQuarantinedWithResponse(ctx, 1)
	if err != nil || waiting.JSON200 == nil || len(waiting.JSON200.Reasons) == 0 {
		t.Fatalf("quarantine: %v, %s", err, waiting.Body)
	}
	f := waiting.JSON200.Reasons[0].Finding
	explained, err := c.ExplainImageWithResponse(ctx, images["miner"].Digest.String(), &client.ExplainImageParams{Name: "acme/miner"})
	if err != nil || explained.JSON200 == nil || !strings.Contains(string(explained.Body), f.Fingerprint) {
		t.Errorf("explain: %v, %.300s", err, explained.Body)
	}
	report, err := c.GetReportWithResponse(ctx, f.Layer)
	if err != nil || report.JSON200 == nil || len(report.JSON200.Findings) == 0 {
		t.Errorf("report: %v, %.300s", err, report.Body)
	}
	evidence, err := c.GetEvidenceWithResponse(ctx, 1, &client.GetEvidenceParams{Finding: f.Fingerprint})
	if err != nil || evidence.StatusCode() != http.StatusOK || len(evidence.Body) == 0 || evidence.HTTPResponse.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("evidence of %s in %s: %v, %d %.300s", f.Rule, f.Path, err, evidence.StatusCode(), evidence.Body)
	}
	// None of it is to be had on the listener for pulls.
	for _, path := range []string{"/api/v1/status", "/openapi.json", "/api/v1/quarantine/1/evidence?finding=" + f.Fingerprint} {
		if got, body := r.get(t, path); got == http.StatusOK {
			t.Errorf("%s on the listener for pulls: %d %.100s", path, got, body)
		}
	}
}
