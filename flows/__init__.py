"""
When things happen: the order of the journey, one module a stage, and the gate where a run waits for an officer.

Owns sequence and suspension. Does not own how anything is done (tasks) nor any rule (models). No class and no
exception is defined here: the engine may load a module of this folder a second time under another name.
"""
