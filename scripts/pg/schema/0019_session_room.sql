-- How many sessions the user may have, as configured when this one began: asked again when it becomes whole.
alter table palaver.sessions add column most integer;
