"""What the policy that comes with the program says, by step."""

from models.policy import due_within, read_policy
from tasks.policy import DEFAULT

_PLAIN = read_policy(DEFAULT.read_text())

DECIDES = {rule.step: rule.places[0].roles[0] for rule in _PLAIN.rule}
DUE_WITHIN = {rule.step: due_within(rule) for rule in _PLAIN.rule}
