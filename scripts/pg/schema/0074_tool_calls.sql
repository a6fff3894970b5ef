-- Nobody read when a call began: what is shown is when it was wished for, decided about, and over.
alter table palaver.tool_calls drop column started_at;
