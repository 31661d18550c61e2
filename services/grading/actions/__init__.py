"""What grading does when it is asked: answer, suppose, rehearse, and what people decide."""
