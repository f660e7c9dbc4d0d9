"""The post that is measured: a typical JSON enquiry of fifteen fields, as API Gateway hands it over."""

from __future__ import annotations

import json
from typing import Any

ENVIRONMENT = {
    "STAGE": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_ACCOUNT_ID": "123456789012",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PUBLIC_URL": "https://desk.clinic.example",
    "MAIL_FROM": "hello@clinic.example",
    "STAFF_EMAILS": "frontdesk@clinic.example",
}

FIELDS = {
    "name": "Ann Example",
    "email": "ann@mail.example",
    "phone": "(202) 555-0123",
    "best_time": "mornings",
    "consent": "yes",
    "about": "call",
    "age_group": "18_64",
    "pain_areas": ["leg_foot"],
    "pain_side": "left",
    "pain_duration": "1_5_years",
    "crps_diagnosis": "suspected",
    "symptoms": ["touch_hurts", "skin_colour", "swelling"],
    "peg_pain": 7,
    "urgent_signs": ["none"],
    "message": "I broke my ankle two years ago and the pain never went away. Do you take my insurance?",
}


def rest_event(number: int) -> dict[str, Any]:
    """One proxy event; each number is another person, so that no two posts are one enquiry."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Host": "desk.clinic.example"}
    return {
        "resource": "/enquiries",
        "path": "/enquiries",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/enquiries",
            "httpMethod": "POST",
            "path": "/api/enquiries",
            "stage": "api",
            "domainName": "desk.clinic.example",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": json.dumps({**FIELDS, "name": f"Ann Example {number}"}),
        "isBase64Encoded": False,
    }
