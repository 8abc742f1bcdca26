-- The instruction that a movement names, where the books did not know it when it was told.
ALTER TABLE bank_lines ADD COLUMN instruction TEXT;
CREATE INDEX bank_lines_by_instruction ON bank_lines (instruction);
