package config_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/config"
)

func webhookKey(t *testing.T, bytes int) string {
	t.Helper()
	key := make([]byte, bytes)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

func TestWebhooks(t *testing.T) {
	const value = "slack:quarantined+requested=https://hooks.slack.com/services/T1/B1/verysecret, cloudevents=https://me:pass@siem.test:8443/in?token=hidden,slack=http://127.0.0.1:9/x"
	fresh, old := webhookKey(t, 24), webhookKey(t, 64)
	c, err := config.Load([]string{"LAZARET_WEBHOOKS=" + value, "LAZARET_WEBHOOK_SECRET=" + fresh + "," + old})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Webhooks{
		{Kind: "slack", Topics: []string{"quarantined", "requested"}, URL: "https://hooks.slack.com/services/T1/B1/verysecret"},
		{Kind: "cloudevents", URL: "https://me:pass@siem.test:8443/in?token=hidden"},
		{Kind: "slack", URL: "http://127.0.0.1:9/x"},
	}
	if diff := cmp.Diff(want, c.Webhooks, cmp.Transformer("plain", func(w config.Webhooks) []config.Webhook { return w })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{fresh, old}, c.WebhookSecret.Secrets()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var b bytes.Buffer
	if err := config.Print(&b, c); err != nil {
		t.Fatal(err)
	}
	shown := "LAZARET_WEBHOOKS=slack:quarantined+requested=https://hooks.slack.com/[redacted],cloudevents=https://siem.test:8443/[redacted],slack=http://127.0.0.1:9/[redacted]\n"
	all := b.String() + fmt.Sprintf("%v %+v %#v", c.Webhooks, c.Webhooks, c.Webhooks)
	if !strings.Contains(all, shown) {
		t.Errorf("printed as\n%s", all)
	}
	for _, secret := range []string{"verysecret", "pass@", "hidden", fresh, old} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is printed", secret)
		}
	}
}

func TestBadWebhooks(t *testing.T) {
	good := webhookKey(t, 32)
	for _, tc := range []struct{ value, secret, want string }{
		{"https://hooks.test/secret?a=b", "", "not a kind"},
		{"slack", "", "not a list"},
		{"slack=", "", "not a list"},
		{"slack=https://h.test/a,,", "", "not a list"},
		{"mail=https://h.test/secret", "", "not a kind"},
		{"slack:rumours=https://h.test/secret", "", "not a topic"},
		{"slack:=https://h.test/secret", "", "not a topic"},
		{"slack=http://h.test/secret", "", "not at an https URL"},
		{"slack=http://127.0.0.1.h.test/secret", "", "not at an https URL"},
		{"slack=file:///secret", "", "not at an https URL"},
		{"slack=https:///secret", "", "not at an https URL"},
		{"slack=https://h.test/secret,slack:refused=https://h.test/secret", "", "twice"},
		{"slack=https://h.test/secret,slack=https://h.test/", "", ""},
		{"cloudevents=https://h.test/secret", "", "LAZARET_WEBHOOK_SECRET: must be set"},
		{"cloudevents=https://h.test/secret", "secretsecretsecretsecretsecretsecret", "LAZARET_WEBHOOK_SECRET: not whsec_"},
		{"cloudevents=https://h.test/secret", "whsec_secret", "LAZARET_WEBHOOK_SECRET: not whsec_"},
		{"cloudevents=https://h.test/secret", good + ",", "LAZARET_WEBHOOK_SECRET: not whsec_"},
		{"cloudevents=https://h.test/secret", webhookKey(t, 23), "LAZARET_WEBHOOK_SECRET: not whsec_"},
		{"cloudevents=https://h.test/secret", webhookKey(t, 65), "LAZARET_WEBHOOK_SECRET: not whsec_"},
		{"cloudevents=https://h.test/secret", good, ""},
	} {
		_, err := config.Load([]string{"LAZARET_WEBHOOKS=" + tc.value, "LAZARET_WEBHOOK_SECRET=" + tc.secret})
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%q: %v", tc.value, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "LAZARET_WEBHOOK") || strings.Contains(err.Error(), "secret")):
			t.Errorf("%q: %v, want %q", tc.value, err, tc.want)
		}
	}
	if _, err := config.Load([]string{"LAZARET_NOTIFICATION_RETENTION=7"}); err == nil || !strings.Contains(err.Error(), "LAZARET_EXCEPTION_NOTICE") {
		t.Errorf("kept for less than the notice: %v", err)
	}
}
