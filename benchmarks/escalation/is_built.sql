select exists (select from case_file);
