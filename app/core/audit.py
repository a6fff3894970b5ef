"""Every kind of act that the audit log knows, with the sentence that tells it. docs/audit.md is made from this table.

Whoever writes another kind (`internal.audit` in SQL, `audit.note` in Python) adds its row; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Action:
    """A kind of act.

    Attributes:
        told: the sentence after the actor's name; `{target}` and the names of details are filled in.
        meaning: when it is written.
    """

    name: str
    told: str
    meaning: str


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("server.set_up", "set this server up", "The first account was made."),
        Action("session.created", "signed in ({method})",
               "Somebody signed in, or was signed in by setting up or registering."),
        Action("sign_in.refused", "was refused to sign in as {target}",
               "A wrong name or password, or a disabled account."),
        Action("session.ended", "ended a session of {target}",
               "Somebody signed out, or a session was ended by its owner, an administrator or the operator."),
        Action("session.suspicious", "seems to be somewhere else",
               "A session's address or browser changed (auth.suspicious_check)."),
        Action("session.trusted", "gave the password again", "A suspicious session was made good."),
        Action("second_factor.passed", "gave a second factor ({kind})", "The second factor was right."),
        Action("second_factor.refused", "gave a wrong second factor ({kind})",
               "A wrong code; five of them end the session."),
        Action("second_factor.reset", "took the second factors of {target} away",
               "An administrator helped somebody who lost them."),
        Action("totp.begun", "began to set up an authenticator app", "A secret was shown; nothing asks for it yet."),
        Action("totp.enabled", "set up an authenticator app", "From now on its codes are asked for."),
        Action("totp.disabled", "removed the authenticator app", "Its codes are asked for no longer."),
        Action("totp.abandoned", "gave wrong codes until the set-up of an authenticator app ended",
               "Five first codes were wrong; the secret was forgotten."),
        Action("recovery_codes.replaced", "made new recovery codes", "The older ones stopped working."),
        Action("passkey.added", "added the passkey {target}", "A passkey may sign in."),
        Action("passkey.refused", "showed a passkey that was refused", "A signature, a counter or a challenge was wrong."),
        Action("passkey.renamed", "renamed the passkey {target}", "A passkey has another name."),
        Action("passkey.removed", "removed the passkey {target}", "A passkey may no longer sign in."),
        Action("password.refused", "gave a wrong password",
               "A signed-in user was asked for the password and gave another."),
        Action("password.changed", "changed the password", "The other sessions ended."),
        Action("password.forgotten", "asked for a link to a new password of {target}", "A link was sent."),
        Action("password.reset", "chose a new password by a link", "Every session ended."),
        Action("email.asked", "asked for a link that verifies an e-mail address", "A link was sent."),
        Action("email.changed", "changed the e-mail address", "The new address has yet to be verified."),
        Action("email.verified", "verified an e-mail address", "A link that was sent there was opened."),
        Action("identity.linked", "linked an account at {provider}", "It may sign in from now on."),
        Action("identity.unlinked", "unlinked the account at {provider}", "It may no longer sign in."),
        Action("user.created", "made the account {target} ({role})",
               "Set-up, registration, an administrator or the operator made an account."),
        Action("user.role_changed", "made {target}, who was {from}, {to}",
               "An administrator or the operator changed a role."),
        Action("user.disabled", "disabled {target}", "Nobody can sign in as this user; every session ended."),
        Action("user.enabled", "enabled {target} again", "The account can sign in again."),
        Action("invite.created", "invited {target} to register ({role})", "A link was made."),
        Action("invite.accepted", "accepted an invitation", "An account was made by a link."),
        Action("invite.revoked", "took back the invitation of {target}", "The link stopped working."),
        Action("conversation.archived", "archived the conversation {target}", "Nobody writes in it from now on."),
        Action("conversation.unarchived", "took the conversation {target} out of the archive", "It goes on."),
        Action("member.added", "added {target} to a conversation ({role})", "Somebody may read there from now on."),
        Action("member.removed", "took {target} out of a conversation",
               "Somebody left a conversation or was removed from it."),
        Action("member.role_changed", "made {target}, who was {from} of a conversation, {to}",
               "Somebody has another role in a conversation."),
        Action("conversation_invite.created", "invited {target} to a conversation ({role})", "A link was made."),
        Action("conversation_invite.accepted", "came into a conversation by an invitation ({role})", "A link was used."),
        Action("conversation_invite.revoked", "took back the invitation of {target} to a conversation",
               "The link stopped working."),
        Action("key.created", "made the API key {target} ({prefix}…)", "A key may act for its owner."),
        Action("key.revoked", "revoked the API key {target} ({prefix}…)", "The key stopped working."),
        Action("secrets.rotated", "made a new key to sign and encrypt with", "`flask secrets rotate`."),
        Action("feature.switched", "switched {target} {enabled}", "A run-time feature was switched."),
        Action("limit.changed", "changed the limit {target} ({change})",
               "A profile or an assignment was made, changed or deleted."),
        Action("provider.added", "added the server of models {target} ({kind})", "Models there can be asked."),
        Action("provider.changed", "changed the server of models {target}",
               "Another address, key, time-out or name; or it was disabled or enabled. Keys are never written down."),
        Action("provider.removed", "removed the server of models {target}", "It went with its models."),
        Action("model.added", "added the model {target} of {server}", "It can be asked."),
        Action("model.changed", "changed the model {target}", "Something of it is different; the details say what."),
        Action("model.removed", "removed the model {target}", "Assistants that asked it ask the default one."),
        Action("model.default_chosen", "made {target} the default model", "It is asked wherever no other is chosen."),
        Action("model.served", "chose {target} as the model of this machine", "`flask models serve`."),
        Action("assistant.added", "made the assistant {target}", "It can be added to conversations."),
        Action("assistant.changed", "changed the assistant {target}", "The details say what; of a prompt only its length."),
        Action("assistant.disabled", "disabled the assistant {target}", "It answers no more."),
        Action("assistant.enabled", "enabled the assistant {target} again", "It answers again."),
        Action("tool_server.added", "added the server of tools {target} ({transport})",
               "Its tools can be given to assistants."),
        Action("tool_server.changed", "changed the server of tools {target} ({changed})",
               "Its address, secrets, limits or name changed, or it was switched on or off."),
        Action("tool_server.removed", "removed the server of tools {target}", "Nobody can use its tools any more."),
        Action("tool.changed", "changed the tool {target}", "A tool was allowed or forbidden, or its approval changed."),
        Action("tool.granted", "let {assistant} use tools of {target}", "An assistant may call them."),
        Action("tool.revoked", "took the tools of {target} from {assistant}", "The assistant may not call them any more."),
        Action("budget.added", "made the budget of {target}", "From now on so much may be used."),
        Action("budget.changed", "changed the budget of {from} to {target}", "A budget has another amount, unit or period."),
        Action("budget.removed", "removed the budget of {target}", "It limits nobody any more."),
        Action("message.deleted_by_moderator", "deleted a message of {target}",
               "An owner or admin of a conversation deleted what somebody else wrote."),
        Action("audit.exported", "exported the audit log", "Somebody downloaded it."),
    )
}  # fmt: skip


class _Filled(dict):
    def __missing__(self, name: str) -> str:
        return "–"


def told(entry: dict[str, Any]) -> str:
    """What happened, without the actor: one of an entry's own words where they are known."""
    action = ACTIONS.get(entry["action"])
    if action is None:
        return f"{entry['action']}: {entry['target_name'] or entry['target_id'] or ''}".rstrip(": ")
    values = {name: _word(value) for name, value in entry["details"].items()}
    return action.told.format_map(_Filled(values | {"target": entry["target_name"] or entry["target_id"] or "–"}))


def more(entry: dict[str, Any]) -> str:
    """The details that the sentence does not tell."""
    action = ACTIONS.get(entry["action"])
    rest = {
        n: v for n, v in entry["details"].items() if v is not None and (not action or f"{{{n}}}" not in action.told)
    }
    return " · ".join(f"{name.replace('_', ' ')}: {_word(value)}" for name, value in rest.items())


def actor_of(entry: dict[str, Any]) -> str:
    """Who did it, in words."""
    if entry["actor_id"] is None:
        return "The operator" if entry["actor_name"] == OPERATOR else "Somebody"
    return entry["actor_name"] or entry["actor_id"]


# Whoever works at the command line; the account of the operating system is in the details.
OPERATOR = "operator"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    return str(value)
