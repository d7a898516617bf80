<!--- <cfset myArray[1]="ContactService.merge"> <!--- "ContactService.load" ---> "ContactService.add" --->
<cfif method eq "wp.getPosts"></cfif>
<!-- <methodName>ContactService.add</methodName> -->
<cfoutput>Don't call ContactService.add; it's gone</cfoutput>
