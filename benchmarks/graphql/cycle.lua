-- For wrk: POSTs the lines of a file in turn, and reports what went wrong and how long it took as one line of JSON.
-- wrk -s cycle.lua URL -- FILE_OF_BODIES [FILE_OF_TOKEN]

local threads = {}
local requests = {}
local at = 0
failed = 0
example = ""

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
   if args[2] then
      headers["Authorization"] = "Bearer " .. io.open(args[2]):read("*l")
   end
   for body in io.lines(args[1]) do
      table.insert(requests, wrk.format("POST", nil, headers, body))
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function response(status, _, body)
   if status ~= 200 or string.find(body, '"errors":', 1, true) then
      failed = failed + 1
      example = status .. " " .. string.sub(body, 1, 300)
   end
end

function done(summary, latency)
   local bad, words = 0, ""
   for _, thread in ipairs(threads) do
      bad = bad + thread:get("failed")
      words = words .. thread:get("example")
   end
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d,"broken":%d,"example":"%s"}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad,
      errors.connect + errors.read + errors.write + errors.timeout, (string.gsub(words, '[%c"\\]', " "))))
end
