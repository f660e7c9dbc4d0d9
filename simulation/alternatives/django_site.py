"""A site with django-contact-form as its manual sets it up, run by the Python that the comparison installs it for:
`django_site.py SMTP_PORT STAFF_ADDRESS TIMEOUT_SECONDS` prints its own port and serves the form on loopback."""

from __future__ import annotations

import logging
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

TEMPLATES = {
    "django_contact_form/contact_form.html": "<form method=post>{{ form }}<button>Send</button></form>",
    "django_contact_form/contact_form_sent.html": "Received.",
    "django_contact_form/contact_form_subject.txt": "Enquiry",
    "django_contact_form/contact_form.txt": "{{ name }} {{ email }} {{ body }}",
}
"""The manual leaves them to the site."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """The faults are meant to happen."""


def main() -> None:
    """Serve until killed."""
    smtp_port, staff, timeout_seconds = sys.argv[1:]
    settings.configure(
        ROOT_URLCONF="django_contact_form.urls",
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=["django_contact_form"],
        MANAGERS=[("Front desk", staff)],
        DEFAULT_FROM_EMAIL="hello@clinic.example",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(smtp_port),
        EMAIL_TIMEOUT=float(timeout_seconds),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", TEMPLATES)]},
            }
        ],
    )
    django.setup()
    logging.disable(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
