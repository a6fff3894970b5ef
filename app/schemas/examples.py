"""What values look like, by the name of their field: for the examples of the OpenAPI document.

A field whose value is particular to its place says so itself (`metadata={"example": …}`), which counts before this.
"""

from __future__ import annotations

from typing import Any

ID = "019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
TIME = "2026-11-20T09:30:00.123456+00:00"

TOKEN = "pv_kZ3v0bQx9f2mT7sLw1cY8dRn5hJp6uEa"

BY_NAME: dict[str, Any] = {
    "actor_name": "anna",
    "auth_url": "https://github.com/login/oauth/authorize?client_id=…&state=…",
    "code": "123456",
    "content": "Hello, **world**!",
    "csrf_token": "Yx2l…",
    "current_password": "correct horse battery",
    "description": "At most ten a minute for everybody who signs in.",
    "detail": "If there is such an account, a mail is on its way.",
    "display_name": "Anna Andersson",
    "email": "anna@example.org",
    "error": "",
    "excerpt": "When do we plant the tomatoes?",
    "finish_reason": "stop",
    "invite": TOKEN,
    "ip": "203.0.113.7",
    "iss": "https://accounts.example.org",
    "kind": "group",
    "meaning": "Finding people by their names.",
    "method": "password",
    "model": "qwen2.5-coder-1.5b",
    "name": "phone",
    "next": "eyJhZnRlciI6MTJ9",
    "password": "correct horse battery",
    "pending_email": None,
    "previous": None,
    "profile_name": "sign_in",
    "qr": "data:image/svg+xml;base64,PHN2Zy…",
    "recovery_codes": "9f3k-27xq-mm4p",
    "request_id": "8fb1d988-21f8-4413-8034-5d07c60ab118",
    "role": "member",
    "root_excerpt": "When do we plant the tomatoes?",
    "second_factor": "totp",
    "secret": "JBSWY3DPEHPK3PXP",
    "state": "Yx2lq0…",
    "target_id": ID,
    "target_kind": "user",
    "target_name": "bob",
    "text": "When do we plant the **tomatoes**?",
    "title": "Garden",
    "token": TOKEN,
    "url": "https://chat.example.org/invite/kZ3v0bQx9f2mT7sLw1cY8dRn",
    "user": "",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "username": "anna",
}
